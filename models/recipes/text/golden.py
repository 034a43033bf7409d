"""Texts that every package's golden examples contain: what a tokenizer gets wrong first. All were written for this."""


def hard_texts(max_length: int) -> list[str]:
    """Accents in both forms, ligatures and wide letters, emoji, other scripts, NUL, mark-up, digits, white space, nothing, and too much."""
    return [
        "",
        " \t\r\n\u00a0\u2003 ",
        "Crème brûlée à la carte, très délicieuse; Ångström, naïve, señor, Straße, İstanbul",
        "Cre\u0300me bru\u0302le\u0301e written with combining marks",
        "\uff26\uff32\uff25\uff25 \ufb01ne \u2460 \u00bd \u2122 \u0132sland \u01c4",
        "So good \U0001f600\U0001f44d\U0001f3fd \U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f, five stars \u2b50\u2b50\u2b50\u2b50\u2b50",
        "这个茶很好喝，我会再买。とてもおいしいコーヒーです。한국어 문장",
        "هذا المنتج رائع جدًا ١٢٣ שלום עולם हिन्दी में लिखा",
        "before\u0000after \u0001\u001b[0m soft\u00adhyphen zero\u200bwidth \ufeffmark",
        "Don't pay $1,299.95! Call +1 (555) 010-0199 or 24/7, order no. A1B2C3_x-9 at 50% off!!!",
        "<html><body bgcolor=\"#FFFFFF\"><a href='http://example.com/?id=42&amp;x=1'>Click here</a><br></body></html>",
        "ΣΊΣΥΦΟΣ ΟΔΟΣ Ёлка ПРИВЕТ ǅ ꭰ Ა \U00010400 \U0001d400\U0001d41b",
        "a" * 2000,
        "The first words count, and so do the last. " * (max_length // 8 + 20) + "This is how it ends.",
    ]
