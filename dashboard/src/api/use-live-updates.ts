import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Topic } from './use-api.ts'

const topics: readonly Topic[] = ['usage', 'alerts', 'config']
/** A busy gateway has many events a second; a screen is read by a person. */
const mostOftenMs = 1_000
const openAgainAfterMs = 5_000

/**
 * Asks again for what has changed, as the gateway's events say. Returns whether they are arriving: the browser connects again by itself,
 * and what was missed meanwhile is asked for then.
 */
export function useLiveUpdates(path: '/api/admin/events' | '/api/portal/events', isEnabled = true): boolean {
  const client = useQueryClient()
  const [isLive, setLive] = useState(false)
  useEffect(() => {
    if (!isEnabled) return
    let source: EventSource
    let opening: ReturnType<typeof setTimeout> | undefined
    const waiting = new Map<Topic, ReturnType<typeof setTimeout>>()
    const refresh = (topic: Topic) => {
      if (waiting.has(topic)) return
      const timer = setTimeout(() => {
        waiting.delete(topic)
        client.invalidateQueries({ queryKey: [topic] })
      }, mostOftenMs)
      waiting.set(topic, timer)
    }
    let wasLost = false
    const open = () => {
      source = new EventSource(path)
      source.onopen = () => {
        setLive(true)
        if (wasLost) topics.forEach(refresh)
      }
      source.onerror = () => {
        wasLost = true
        setLive(false)
        // A browser gives up for good where it was answered with a refusal, as it is while the database is away.
        if (source.readyState === EventSource.CLOSED) opening = setTimeout(open, openAgainAfterMs)
      }
      for (const topic of topics) source.addEventListener(topic, () => refresh(topic))
    }
    open()
    return () => {
      clearTimeout(opening)
      source.close()
      for (const timer of waiting.values()) clearTimeout(timer)
      setLive(false)
    }
  }, [client, path, isEnabled])
  return isLive
}
