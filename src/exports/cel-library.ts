// What the CEL library hands to macros. It publishes no types for these.

export interface TypeDeclaration {
  readonly kind: string;
  readonly keyType?: TypeDeclaration;
  readonly valueType?: TypeDeclaration;
}
export interface Node {
  readonly op: string;
  readonly args: unknown;
  evaluate(evaluator: Evaluator, node: Node, context: Context): unknown;
}
export interface Context {
  forkWithVariable(name: string, type: TypeDeclaration): Context;
  reuse(parent: Context): Context;
  setIterValue(value: unknown, evaluator: Evaluator): Context;
}
export interface Checker {
  check(node: Node, context: Context): TypeDeclaration;
  getType(name: string): TypeDeclaration;
  createError(code: string, message: string, node: Node): Error;
}
export interface Evaluator {
  run: (node: Node, context: Context) => unknown;
}
export interface Call {
  readonly args: readonly Node[];
  readonly receiver: Node;
}
