export const languages = { 'pt-BR': 'Português', en: 'English' } as const
export type AppLanguage = keyof typeof languages

/** Texts of another language have the same keys as the Portuguese ones. */
export type Texts<Source> = { readonly [Key in keyof Source]: Source[Key] extends string ? string : Texts<Source[Key]> }
