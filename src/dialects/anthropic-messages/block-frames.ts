import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'

type BlockKind = 'text' | 'thinking' | 'tool'

interface Block {
  kind: BlockKind
  id: string
  /** What has come of it and could not go out yet, because another block was not at its end. */
  waiting: Buffer[]
  isDone: boolean
  hasInput: boolean
  takesDeltas: boolean
}

export function eventFrame(type: string, fields: Record<string, unknown>): Buffer {
  return Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`)
}

/**
 * The AI SDK's parts as Anthropic's content blocks, which come one after another: each begins, grows and ends before the next. Providers
 * may work at two tools at a time; what is said of the second then waits for the first one's end.
 */
export class BlockFrames {
  /** The tools that the caller is asked to call. */
  calls = 0
  /** In their order; only the first one's frames go out. */
  readonly #open: Block[] = []
  readonly #tools = new Map<string, Block>()
  #index = 0

  take(part: LanguageModelV4StreamPart): Buffer[] {
    switch (part.type) {
      case 'text-delta':
        return part.delta === '' ? [] : this.#grow('text', part.id, { type: 'text_delta', text: part.delta })
      case 'reasoning-delta':
        return part.delta === '' ? [] : this.#grow('thinking', part.id, { type: 'thinking_delta', thinking: part.delta })
      case 'tool-input-start':
        return part.providerExecuted ? [] : this.#openTool(part.id, part.toolName, part.inputEncoding !== 'text')
      case 'tool-input-delta': {
        const tool = this.#tools.get(part.id)
        return tool?.takesDeltas && part.delta !== '' ? this.#growTool(tool, part.delta) : []
      }
      case 'tool-call':
        return part.providerExecuted ? [] : this.#endTool(part.toolCallId, part.toolName, part.input)
      default:
        return []
    }
  }

  /** Ends what is still open. */
  end(): Buffer[] {
    for (const block of this.#open) block.isDone = true
    return this.#advance()
  }

  #grow(kind: 'text' | 'thinking', id: string, delta: Record<string, unknown>): Buffer[] {
    const known = this.#open.find((block) => block.kind === kind && block.id === id && !block.isDone)
    if (known !== undefined) return this.#say(known, delta)
    const content = kind === 'text' ? { type: 'text', text: '' } : { type: 'thinking', thinking: '', signature: '' }
    const { frames, block } = this.#begin(kind, id, content)
    return [...frames, ...this.#say(block, delta)]
  }

  #openTool(id: string, name: string, takesDeltas: boolean): Buffer[] {
    this.calls += 1
    const { frames, block } = this.#begin('tool', id, { type: 'tool_use', id, name, input: {} })
    block.takesDeltas = takesDeltas
    this.#tools.set(id, block)
    return frames
  }

  #growTool(tool: Block, json: string): Buffer[] {
    tool.hasInput = true
    return this.#say(tool, { type: 'input_json_delta', partial_json: json })
  }

  #endTool(id: string, name: string, input: string): Buffer[] {
    const opening = this.#tools.has(id) ? [] : this.#openTool(id, name, false)
    const tool = this.#tools.get(id)
    if (tool === undefined || tool.isDone) return opening
    // The whole input repeats what came in pieces; it is news only where no piece came.
    const said = tool.hasInput || input === '' ? [] : this.#growTool(tool, input)
    tool.isDone = true
    return [...opening, ...said, ...this.#advance()]
  }

  #begin(kind: BlockKind, id: string, content: Record<string, unknown>): { frames: Buffer[]; block: Block } {
    // Text has no end of its own that could be relied on: some providers tell it after the tools.
    for (const block of this.#open) if (block.kind !== 'tool') block.isDone = true
    const frames = this.#advance()
    const block: Block = { kind, id, waiting: [], isDone: false, hasInput: false, takesDeltas: true }
    this.#open.push(block)
    const start = eventFrame('content_block_start', { index: this.#index + this.#open.length - 1, content_block: content })
    return { frames: [...frames, ...this.#emit(block, start)], block }
  }

  #say(block: Block, delta: Record<string, unknown>): Buffer[] {
    const index = this.#index + this.#open.indexOf(block)
    return this.#emit(block, eventFrame('content_block_delta', { index, delta }))
  }

  #emit(block: Block, frame: Buffer): Buffer[] {
    if (this.#open[0] === block) return [frame]
    block.waiting.push(frame)
    return []
  }

  /** Closes the blocks that are at their end, in order, and lets the next one's frames go. */
  #advance(): Buffer[] {
    const frames: Buffer[] = []
    while (this.#open[0]?.isDone) {
      frames.push(eventFrame('content_block_stop', { index: this.#index }))
      this.#open.shift()
      this.#index += 1
      frames.push(...(this.#open[0]?.waiting.splice(0) ?? []))
    }
    return frames
  }
}
