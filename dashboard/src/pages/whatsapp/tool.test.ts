import { expect, it } from 'vitest'
import { emptyTool, type Tool, toolProblems, toToolBody, toToolForm } from './tool.ts'

const tool: Tool = {
  name: 'consulta_pedido',
  description: 'Situação de um pedido',
  parameters: { type: 'object' },
  url: 'https://loja.example/ia',
  created_at: '2026-11-22T12:00:00.000Z',
  updated_at: '2026-11-22T12:00:00.000Z',
}

it('finds nothing wrong with what it loaded', () => {
  expect([...toolProblems(toToolForm(tool))]).toEqual([])
  const { description, parameters, url } = tool
  expect(toToolBody(toToolForm(tool))).toEqual({ description, parameters, url })
})

it('says which fields the gateway would refuse', () => {
  expect([...toolProblems(emptyTool)]).toEqual(['name', 'description', 'url'])
  expect([...toolProblems({ ...toToolForm(tool), name: '1 pedido', parameters: '{' })]).toEqual(['name', 'parameters'])
  expect([...toolProblems({ ...toToolForm(tool), parameters: '{"type":"string"}' })]).toEqual(['parameters'])
})

it('takes an empty schema for no arguments', () => {
  const typed = { ...toToolForm(tool), parameters: ' ' }
  expect([...toolProblems(typed)]).toEqual([])
  expect(toToolBody(typed)).toEqual({ description: tool.description, url: tool.url })
})
