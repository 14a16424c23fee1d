import { type ClassValue, clsx } from 'clsx'
import { twMerge } from 'tailwind-merge'

/** Joins class names; of two that set the same thing, the last one stays. */
export function cn(...classes: ClassValue[]): string {
  return twMerge(clsx(classes))
}
