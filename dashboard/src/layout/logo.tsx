/** The turnstile: a post and its three arms. */
export function Logo() {
  return (
    <span className="inline-flex items-center gap-2.5 font-semibold tracking-tight">
      <svg viewBox="0 0 32 32" className="size-7 shrink-0" aria-hidden>
        <rect width="32" height="32" rx="7" className="fill-primary" />
        <path
          d="M10 7v18M10 16h13M10 16l8.5-7.5M10 16l8.5 7.5"
          className="stroke-primary-foreground"
          strokeWidth="3"
          strokeLinecap="round"
          fill="none"
        />
      </svg>
      Catraca
    </span>
  )
}
