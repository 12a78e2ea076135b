/// <reference lib="esnext.disposable" preserve="true" />

/**
 * `Symbol.asyncDispose`, or a symbol in its place where the platform has none (browsers before 2025): named directly, the
 * method would be called "undefined" there.
 */
export const asyncDispose: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as typeof Symbol.asyncDispose)
