/** The part of JSON Schema (draft 7) that the contract is written in: what every consumer's tools understand. */
export interface Schema {
  type: TypeName | readonly TypeName[];
  description?: string;
  format?: 'date' | 'date-time' | 'uri';
  enum?: readonly string[];
  items?: Schema;
  properties?: Members;
  required?: readonly string[];
}

type TypeName = 'string' | 'integer' | 'boolean' | 'array' | 'object' | 'null';

export type Members = Readonly<Record<string, Schema>>;

interface Plain {
  string: string;
  integer: number;
  boolean: boolean;
  object: object;
  null: null;
}

/** The TypeScript type of what a schema describes: who builds an event is held to its schema by the compiler. */
export type Described<S> = S extends { enum: readonly (infer V)[] }
  ? V
  : S extends { type: 'array'; items: infer I }
    ? readonly Described<I>[]
    : S extends { type: 'object'; properties: infer P; required: readonly (infer R)[] }
      ? { readonly [K in keyof P & R]: Described<P[K]> } & {
          readonly [K in Exclude<keyof P, R>]?: Described<P[K]> | undefined;
        }
      : S extends { type: readonly (infer T)[] }
        ? Plain[T & keyof Plain]
        : S extends { type: infer T }
          ? Plain[T & keyof Plain]
          : never;

export type Values<M extends Members> = { readonly [K in keyof M]: Described<M[K]> };
