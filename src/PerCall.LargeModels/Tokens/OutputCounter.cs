using System.Text;
using PerCall.LargeModels.Routes;

namespace PerCall.LargeModels.Tokens;

/// <summary>
/// Counts the tokens of a text that arrives in pieces, with bounded memory. The sum equals the count of the whole text, except for texts
/// with words of more than <see cref="TokenCounter.LongestWord"/> characters, where it can differ by a token for each such word.
/// For one thread at a time.
/// </summary>
public sealed class OutputCounter(TokenizerKind kind)
{
    // Long enough that most flushes find a space, short enough that counting the tail again costs microseconds.
    private const int FlushAt = 96;
    private const int FlushWordsAt = 512;

    private readonly TokenCounter _counter = TokenCounter.For(kind);
    private readonly StringBuilder _tail = new();
    private long _counted;
    private long? _ofTail = 0;
    private bool _endsInHighSurrogate;

    /// <summary>Tokens of all text so far.</summary>
    public long Tokens => _counted + (_ofTail ??= _counter.Count(_tail.ToString()));

    /// <summary>Characters that are kept.</summary>
    internal int TailLength => _tail.Length;

    /// <summary>Appends a piece of the text.</summary>
    public void Add(string delta)
    {
        if (delta.Length == 0)
        {
            return;
        }

        if (_counter.CountsBytes)
        {
            AddBytes(delta);
            return;
        }

        _tail.Append(delta);
        _ofTail = null;
        if (_tail.Length >= FlushAt)
        {
            Flush();
        }
    }

    private void AddBytes(string delta)
    {
        _counted += Encoding.UTF8.GetByteCount(delta);
        // Each half of a pair that was cut in two was counted as a replacement character of three bytes. The pair has four.
        if (_endsInHighSurrogate && char.IsLowSurrogate(delta[0]))
        {
            _counted -= 2;
        }

        _endsInHighSurrogate = char.IsHighSurrogate(delta[^1]);
    }

    private void Flush()
    {
        var tail = _tail.ToString();
        // A word never extends over a space that follows another character than a space. Cutting there changes no count.
        for (var i = tail.Length - 1; i > 0; i--)
        {
            if (tail[i] != ' ' || char.IsWhiteSpace(tail[i - 1]))
            {
                continue;
            }

            Commit(_counter.Count(tail[..i]), i);
            return;
        }

        if (tail.Length >= FlushWordsAt)
        {
            FlushWords(tail);
        }
    }

    // Text without spaces. The last two words can still change, for example "don" and "'" before a "t".
    private void FlushWords(string tail)
    {
        var words = _counter.Words(tail).ToList();
        var end = 0;
        var tokens = 0L;
        foreach (var (offset, length) in words.Take(words.Count - 2))
        {
            tokens += _counter.CountWord(tail.AsSpan(offset, length));
            end = offset + length;
        }

        // One endless word: count it in the blocks of the whole count.
        while (tail.Length - end >= FlushWordsAt)
        {
            var block = char.IsHighSurrogate(tail[end + TokenCounter.LongestWord - 1])
                ? TokenCounter.LongestWord - 1
                : TokenCounter.LongestWord;
            tokens += _counter.CountWord(tail.AsSpan(end, block));
            end += block;
        }

        if (end > 0)
        {
            Commit(tokens, end);
        }
    }

    private void Commit(long tokens, int characters)
    {
        _counted += tokens;
        _tail.Remove(0, characters);
        _ofTail = null;
    }
}
