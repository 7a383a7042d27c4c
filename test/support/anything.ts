/** What a file or an answer of any shape was parsed into: the test that reads it asserts its shape. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a type for each foreign document would be longer than its test
export type Anything = any;
