/** A named type: as the source calls it, and the module that the name was imported from. */
export type TypeName = { readonly name: string; readonly from: string | undefined };
