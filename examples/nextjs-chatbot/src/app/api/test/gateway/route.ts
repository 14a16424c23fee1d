import { NextResponse } from 'next/server'
import { getSharedGatewayConfig, shouldUseGateway } from '@/lib/ai-gateway/config'
import { callAI } from '@/lib/ai-gateway'

export const dynamic = 'force-dynamic'

export async function GET(request: Request) {
  try {
    const clientId = '123e4567-e89b-12d3-a456-426614174000' // Seu client ID

    // 1. Check if gateway is enabled
    const useGateway = await shouldUseGateway(clientId)
    console.log('Gateway enabled:', useGateway)

    if (!useGateway) {
      return NextResponse.json({ error: 'Gateway not enabled for this client' }, { status: 400 })
    }

    // 2. Get shared config
    const config = await getSharedGatewayConfig()
    console.log('Config:', { hasGatewayKey: !!config?.gatewayApiKey, hasOpenAI: !!config?.providerKeys.openai })

    // 3. Test AI call
    const result = await callAI({
      clientId,
      clientConfig: {
        id: clientId,
        name: 'Test Client',
        slug: 'test',
        primaryModelProvider: 'openai',
        openaiModel: 'gpt-4o-mini',
      },
      messages: [
        { role: 'system', content: 'You are a helpful assistant.' },
        { role: 'user', content: 'Say "Hello World" in Portuguese.' },
      ],
    })

    return NextResponse.json({
      success: true,
      result: {
        text: result.text,
        model: result.model,
        provider: result.provider,
        wasCached: result.wasCached,
        latencyMs: result.latencyMs,
        usage: result.usage,
      },
    })
  } catch (error: any) {
    console.error('Test error:', error)
    return NextResponse.json({ error: error.message, stack: error.stack }, { status: 500 })
  }
}
