/**
 * What servers are made of. Not by `import`: for that Node reads every export of a module of its own, and one of this one's loads the undici
 * that comes with Node, which nothing here needs and which is 10 MB.
 */
export const { createServer, ServerResponse } = process.getBuiltinModule('node:http')
