/** A nominal type over `T`: a value that passed the one function that mints the brand. */
export type Brand<T, Name extends string> = T & { readonly __brand: Name }
