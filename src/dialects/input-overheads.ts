/** What providers put around a call: the longest known is the system text that gpt-oss gets on its own, about 70 tokens. */
export const callOverheadTokens = 128
/** Role, separators and markers of one message; templates use 3 to 10. */
export const messageOverheadTokens = 16
/** The hidden instructions for tools: https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview#pricing, at most 804. */
export const toolsOverheadTokens = 1_024
/** Templates print schemas indented and escaped, so that a schema can take more tokens than its compact text has bytes. */
export const schemaFactor = 2
