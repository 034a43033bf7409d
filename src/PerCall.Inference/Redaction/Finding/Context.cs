namespace PerCall.Inference.Redaction.Finding;

/// <summary>What the words before a number say about it.</summary>
/// <param name="Label">The topic of the number's label, directly before it; <see cref="Topic.None"/>: it has no label.</param>
/// <param name="Near">
/// The topics of the words before it in the same line. A word about phones counts only if there are not both other words and other numbers
/// between it and the number.
/// </param>
/// <param name="IsVersion">Whether a word about versions is before it, with only numbers and linking words between.</param>
internal readonly record struct Context(Topic Label, Topic Near, bool IsVersion)
{
    private const int MaxCharacters = 64;
    private const int MaxWord = 32;

    /// <summary>Whether the label says that the number belongs to a thing: an order, a version, a customer.</summary>
    public bool IsThings => Label is Topic.Thing or Topic.Version;

    public bool Has(Topic topic) => (Near & topic) != 0;

    /// <summary>Reads the words before a position, from the nearest one.</summary>
    public static Context Before(Scan scan, int start)
    {
        var (label, near) = (Topic.None, Topic.None);
        var (connected, numbered, words, numbers, version) = (true, false, false, false, false);
        Span<char> lower = stackalloc char[MaxWord];
        var i = start;
        while (start - i < MaxCharacters && scan[i - 1] is not ('\0' or '\n' or '\r' or '!' or '?' or ';'))
        {
            if (!char.IsLetterOrDigit(scan[i - 1]))
            {
                i--;
                continue;
            }

            var end = i;
            var digits = false;
            while (end - i < MaxWord && char.IsLetterOrDigit(scan[i - 1]))
            {
                i--;
                digits |= char.IsAsciiDigit(scan[i]);
            }

            var word = lower[..scan.Text.AsSpan(i, end - i).ToLowerInvariant(lower)];
            var topic = digits ? Topic.None : Topics.Of(word);
            if (numbered && (topic & Topic.Mine) != 0)
            {
                topic |= Topic.Phone;
            }

            near |= words && numbers ? topic & ~Topic.Phone : topic;
            version |= (topic & Topic.Version) != 0 && !words;
            numbers |= digits;
            words |= !digits && (topic & (Topic.Phone | Topic.Id | Topic.Card | Topic.Number | Topic.Mine | Topic.Link)) == Topic.None;
            if (connected && label == Topic.None)
            {
                label = LabelOf(topic, numbered);
                connected = (topic & (Topic.Link | Topic.Number)) != 0;
            }

            numbered |= (topic & Topic.Number) != 0;
        }

        return new(label, near, version);
    }

    private static Topic LabelOf(Topic topic, bool numbered)
    {
        foreach (var label in (ReadOnlySpan<Topic>)[Topic.Phone, Topic.Id, Topic.Card, Topic.Version, Topic.Thing])
        {
            if ((topic & label) != 0)
            {
                return label;
            }
        }

        return (topic & Topic.Holder) != 0 && numbered ? Topic.Thing : Topic.None;
    }
}
