import { hostname } from 'node:os';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, RandomIdGenerator } from '@opentelemetry/sdk-trace-node';
import { nextIds, setTracing } from '../core/tracing.js';

/** Exports spans to a collector (OTLP over HTTP, JSON; `endpoint` without /v1/traces). Gives what ends it, all sent. */
export function startTracing(endpoint: string): () => Promise<void> {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  const random = new RandomIdGenerator();
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'frontdoor',
      'service.instance.id': `${hostname()}/${process.pid}`,
    }),
    idGenerator: {
      generateTraceId: () => nextIds.trace ?? random.generateTraceId(),
      generateSpanId: () => nextIds.span ?? random.generateSpanId(),
    },
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 1_000 })],
  });
  provider.register();
  setTracing(true);
  return async () => {
    setTracing(false);
    // A collector that is away must not hold up a process that stops.
    await provider.shutdown().catch(() => undefined);
  };
}
