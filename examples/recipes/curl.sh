curl -sS -N "$CATRACA_URL/v1/chat/completions" \
  -H "Authorization: Bearer $CATRACA_KEY" -H 'Content-Type: application/json' \
  -d '{"model":"openai/gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"Diga oi"}]}'
