import type persistent from '@eventstore/db-client/generated/persistent_pb.js';
import { randomUUID } from 'node:crypto';
import { Outgoing } from '../services/outgoing.js';
import { Measurements } from './measurements.js';

/** Who is on the other end, for GetInfo. */
export interface ConnectionDetails {
  from: string;
  user: string;
  connectionName: string;
}

/** One subscription to a group. It takes so many messages at a time, and none while its connection is full. */
export class Consumer {
  readonly id = randomUUID();
  inFlight = 0;
  readonly measurements: Measurements;
  #blocked = false;

  constructor(
    readonly out: Outgoing<persistent.ReadResp>,
    readonly details: ConnectionDetails,
    private readonly limit: number,
    keepsLatencies: boolean,
  ) {
    this.measurements = new Measurements(keepsLatencies);
  }

  get freeSlots(): number {
    return this.#blocked || !this.out.open ? 0 : Math.max(0, this.limit - this.inFlight);
  }

  /** Sends a message; `onReady` is called when a full connection has room again. */
  send(message: persistent.ReadResp, onReady: () => void): void {
    const blocked = this.out.send(message);
    if (!blocked) return;
    this.#blocked = true;
    void blocked.then(() => {
      this.#blocked = false;
      onReady();
    });
  }
}
