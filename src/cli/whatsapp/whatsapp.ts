import type { Command } from 'commander'
import type { Terminal } from '../terminal.ts'
import { addChannelCommands } from './channels.ts'
import { addContactCommands } from './contacts.ts'
import { addSimulate, type SimulateWhatsApp } from './simulate.ts'
import { addToolCommands } from './tools.ts'

export function addWhatsAppCommands(program: Command, terminal: Terminal, simulate: SimulateWhatsApp | undefined): void {
  const group = program.command('whatsapp').description('WhatsApp numbers of clients, and what is stored of their contacts')
  addSimulate(group, terminal, simulate)
  addChannelCommands(group, terminal)
  addToolCommands(group, terminal)
  addContactCommands(group, terminal)
}
