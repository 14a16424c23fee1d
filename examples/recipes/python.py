import os
from openai import OpenAI

client = OpenAI(base_url=os.environ["CATRACA_URL"] + "/v1", api_key=os.environ["CATRACA_KEY"])

answer = client.chat.completions.create(model="openai/gpt-4o-mini", messages=[{"role": "user", "content": "Diga oi"}])
print(answer.choices[0].message.content)

for chunk in client.chat.completions.create(
    model="openai/gpt-4o-mini", messages=[{"role": "user", "content": "Diga oi"}], stream=True
):
    print(chunk.choices[0].delta.content or "", end="")
