import type { ApolloServerOptionsWithGateway, BaseContext } from '@apollo/server';
import {
  execute,
  getVariableValues,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { holdsKept } from './answer-text.js';
import { completeField, completeFields, type Answer, type Answering } from './complete.js';
import { planOf, type Plan } from './plan.js';

/** Executes operations of a schema by plans, each made once; kept as long as Apollo keeps the document. */
export class PlannedExecution {
  private readonly plans = new WeakMap<OperationDefinitionNode, Plan | null>();

  constructor(private readonly schema: GraphQLSchema) {}

  /** Answers a document that was held to the schema before, as graphql-js would. */
  async answer(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variableValues: Record<string, unknown> | undefined,
    contextValue: unknown,
  ): Promise<ExecutionResult> {
    const plan = this.planFor(document, operation);
    if (!plan) {
      const { schema } = this;
      return execute({ schema, document, operationName: operation.name?.value, variableValues, contextValue });
    }
    const { coerced, errors } = getVariableValues(
      this.schema,
      operation.variableDefinitions ?? [],
      variableValues ?? {},
      { maxErrors: MOST_VARIABLE_ERRORS },
    );
    return errors ? { errors } : answerBy(plan, coerced, contextValue);
  }

  private planFor(document: DocumentNode, operation: OperationDefinitionNode): Plan | null {
    const known = this.plans.get(operation);
    if (known !== undefined) return known;
    const plan = planOf(this.schema, document, operation) ?? null;
    this.plans.set(operation, plan);
    return plan;
  }
}

/** As graphql-js. */
const MOST_VARIABLE_ERRORS = 50;

async function answerBy(plan: Plan, variables: Record<string, unknown>, context: unknown): Promise<ExecutionResult> {
  const errors: GraphQLError[] = [];
  const note = (error: GraphQLError) => {
    // What a place holds that is null already is no more.
    if (!errors.some((noted) => isWithin(noted.path, error.path))) errors.push(error);
  };
  let holds = false;
  const again = () => (holds = true);
  const answering: Answering = { ...plan, variables, context, note, again };
  try {
    const serial = plan.operation.operation === OperationTypeNode.MUTATION;
    const data = await (serial ? inTurn : atOnce)(plan, answering);
    if (holds) holdsKept(data);
    return errors.length > 0 ? { errors, data } : { data };
  } catch (error) {
    errors.push(error as GraphQLError);
    return { errors, data: null };
  }
}

async function atOnce({ fields }: Plan, answering: Answering): Promise<Answer> {
  return completeFields(fields, undefined, answering, undefined);
}

/** Mutations one after the other. */
async function inTurn({ fields }: Plan, answering: Answering): Promise<Answer> {
  const answer: Answer = {};
  for (const field of fields) answer[field.key] = await completeField(field, undefined, answering, undefined);
  return answer;
}

function isWithin(outer: GraphQLError['path'], inner: GraphQLError['path']): boolean {
  return outer !== undefined && inner !== undefined && outer.every((key, place) => inner[place] === key);
}

/** The schema with planned execution, in the shape in which Apollo Server takes an executor. */
export function plannedExecution(schema: GraphQLSchema): ApolloServerOptionsWithGateway<BaseContext>['gateway'] {
  const execution = new PlannedExecution(schema);
  return {
    onSchemaLoadOrUpdate: (tell) => {
      tell({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => undefined;
    },
    load: async () => ({
      executor: ({ document, operation, request, context }) =>
        execution.answer(document, operation, request.variables, context),
    }),
    stop: async () => undefined,
  };
}
