import { Link } from 'react-router'

/** Whose a row is, where it leads to the client's page; a dash where it is nobody's in particular. */
export function ClientLink({ slug, tab }: { slug: string | null; tab?: string }) {
  if (slug === null) return <span className="text-muted-foreground">–</span>
  return (
    <Link
      to={tab === undefined ? `/clients/${slug}` : `/clients/${slug}?tab=${tab}`}
      className="font-medium underline-offset-4 hover:underline md:whitespace-nowrap"
    >
      {slug}
    </Link>
  )
}
