/// <reference lib="esnext.disposable" preserve="true" />

/**
 * `Symbol.asyncDispose`, or another symbol if the platform has none (browsers before 2025). If you used `Symbol.asyncDispose` directly there, the
 * method would be called "undefined".
 */
export const asyncDispose: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as typeof Symbol.asyncDispose)
