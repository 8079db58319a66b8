"""What the whole product means by its simplest words: money, SKU. Pure; imports nothing of ours."""
