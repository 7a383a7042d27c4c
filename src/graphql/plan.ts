import {
  getNamedType,
  isObjectType,
  Kind,
  TypeNameMetaFieldDef,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { completer, type Complete } from './complete.js';

/** One field of an answer: all that can be known of it before it is asked for. */
export interface PlannedField {
  /** Its name in the answer. */
  key: string;
  parentType: GraphQLObjectType;
  definition: GraphQLField<unknown, unknown>;
  nodes: readonly FieldNode[];
  takesArguments: boolean;
  complete: Complete;
}

/** The fields of an object of an answer, in order. */
export type PlannedFields = readonly PlannedField[];

export interface Plan {
  schema: GraphQLSchema;
  operation: OperationDefinitionNode;
  fragments: Record<string, FragmentDefinitionNode>;
  fields: PlannedFields;
}

/** Thrown where a document asks for what a plan does not know: graphql-js knows it. */
class Unplannable extends Error {}

/**
 * What an operation asks for, worked out once: graphql-js collects fields, looks for their definitions and asks what kind
 * of type each has anew for every object of every answer. Undefined where the document has directives, asks for the schema
 * itself, or meets interfaces and unions: those are left to graphql-js.
 */
export function planOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Plan | undefined {
  const root = schema.getRootType(operation.operation);
  if (!root) return undefined;
  const named = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const fragments = Object.fromEntries(named.map((fragment) => [fragment.name.value, fragment]));
  try {
    return { schema, operation, fragments, fields: new Planner(schema, fragments).fields(root, [operation]) };
  } catch (error) {
    if (error instanceof Unplannable) return undefined;
    throw error;
  }
}

class Planner {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: Record<string, FragmentDefinitionNode>,
  ) {}

  /** The fields that selections on one type ask for together; those under one name are asked for once. */
  fields(type: GraphQLObjectType, selecting: readonly { selectionSet?: SelectionSetNode }[]): PlannedFields {
    const found = new Map<string, FieldNode[]>();
    const seen = new Set<string>();
    for (const { selectionSet } of selecting) if (selectionSet) this.collect(type, selectionSet, found, seen);
    return [...found].map(([key, nodes]) => this.field(type, key, nodes));
  }

  private collect(
    type: GraphQLObjectType,
    { selections }: SelectionSetNode,
    found: Map<string, FieldNode[]>,
    seen: Set<string>,
  ): void {
    for (const selection of selections) {
      if (selection.directives?.length) throw new Unplannable();
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        // No member of a plain object can have this name.
        if (key === '__proto__') throw new Unplannable();
        found.set(key, [...(found.get(key) ?? []), selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (this.applies(selection.typeCondition?.name.value, type)) {
          this.collect(type, selection.selectionSet, found, seen);
        }
      } else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        const { typeCondition, selectionSet } = this.fragments[selection.name.value]!;
        if (this.applies(typeCondition.name.value, type)) this.collect(type, selectionSet, found, seen);
      }
    }
  }

  /** Whether a fragment is about this type. */
  private applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    if (!isObjectType(this.schema.getType(condition))) throw new Unplannable();
    return false;
  }

  private field(parentType: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): PlannedField {
    const name = nodes[0]!.name.value;
    const definition = name === TypeNameMetaFieldDef.name ? TypeNameMetaFieldDef : parentType.getFields()[name];
    if (!definition) throw new Unplannable();
    const named = getNamedType(definition.type);
    const selecting = nodes.some(({ selectionSet }) => selectionSet);
    if (selecting && !isObjectType(named)) throw new Unplannable();
    const within = selecting ? this.fields(named as GraphQLObjectType, nodes) : [];
    const planned = { key, parentType, definition, nodes, takesArguments: definition.args.length > 0 };
    return { ...planned, complete: completer(definition.type, planned, within) };
  }
}
