def say(text: str) -> None:
    print(f"chaos    | {text}", flush=True)
