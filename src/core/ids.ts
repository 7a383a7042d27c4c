import { v5 } from 'uuid';

/** Namespace of every id derived by this product (a random UUID, fixed for ever). */
const NAMESPACE = 'c5a4b1f0-6f5e-4f0f-9d0a-3a3b8f6f2d11';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The UUIDv5 that belongs to these parts: the same parts give the same id, on every machine. */
export function derivedId(...parts: (string | number)[]): string {
  return v5(parts.join('/'), NAMESPACE);
}

export function isUuid(value: string): boolean {
  return UUID.test(value);
}
