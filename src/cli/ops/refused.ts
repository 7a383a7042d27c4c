/** Thrown where a command cannot or must not be carried out; the message tells the operator why and what to do. */
export class Refused extends Error {}
