namespace PerCall.Inference.Redaction.Finding;

/// <summary>
/// Groups of digits with short separators between them, from one position of a text. Read again for each position; the number of digits is
/// bounded.
/// </summary>
internal sealed class DigitGroups
{
    private const int MaxDigits = 24;
    private const int MaxGroups = 10;
    private const int MaxSeparator = 3;

    private readonly char[] _digits = new char[MaxDigits];
    private readonly Group[] _groups = new Group[MaxGroups];

    /// <summary>The number of groups; 0: the first group is too long for any number.</summary>
    public int Count { get; private set; }

    /// <summary>The position of the first digit.</summary>
    public int Start { get; private set; }

    public Group this[int index] => _groups[index];

    /// <summary>Returns the digits of the first groups.</summary>
    public ReadOnlySpan<char> Digits(int groups) => _digits.AsSpan(0, _groups[groups - 1].Total);

    /// <summary>Returns the position after the first groups.</summary>
    public int End(int groups) => _groups[groups - 1].End;

    /// <summary>Reads the groups that begin at a digit. Returns the position after the first group.</summary>
    public int Read(Scan scan, int start)
    {
        (Count, Start) = (0, start);
        var separator = default(Separator);
        var (i, total) = (start, 0);
        while (Count < MaxGroups)
        {
            var end = scan.Skip(i, char.IsAsciiDigit, MaxDigits + 1);
            if (end == i || total + end - i > MaxDigits)
            {
                break;
            }

            scan.Text.AsSpan(i, end - i).CopyTo(_digits.AsSpan(total));
            total += end - i;
            _groups[Count++] = new(i, end, total, separator);
            separator = Separator.Read(scan, end);
            if (separator.Length is 0 or > MaxSeparator)
            {
                break;
            }

            i = end + separator.Length;
        }

        return Count > 0 ? _groups[0].End : scan.Skip(start, char.IsAsciiDigit);
    }

    /// <summary>Whether the first groups have these lengths, with plain separators between them.</summary>
    public bool HasLengths(ReadOnlySpan<int> lengths)
    {
        if (Count < lengths.Length)
        {
            return false;
        }

        for (var i = 0; i < lengths.Length; i++)
        {
            if (_groups[i].Length != lengths[i] || (i > 0 && !_groups[i].Before.IsPlain))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>One group of digits.</summary>
/// <param name="Start">The first digit's position.</param>
/// <param name="End">The position after the last digit.</param>
/// <param name="Total">The number of digits up to the end of the group, from the first group.</param>
/// <param name="Before">The separator before it.</param>
internal readonly record struct Group(int Start, int End, int Total, Separator Before)
{
    public int Length => End - Start;
}

/// <summary>What is between two groups of digits.</summary>
/// <param name="Length">The number of characters.</param>
/// <param name="Sign"><c>-</c> for any dash, <c>.</c> or <c>/</c>, else a space; NUL: only brackets.</param>
/// <param name="Closes">Whether a bracket closes.</param>
/// <param name="Opens">Whether a bracket opens.</param>
internal readonly record struct Separator(int Length, char Sign, bool Closes, bool Opens)
{
    /// <summary>Whether it is one character without brackets.</summary>
    public bool IsPlain => Length == 1 && !Closes && !Opens;

    public static Separator Read(Scan scan, int start)
    {
        var (i, sign, closes, opens) = (start, '\0', false, false);
        for (; i < start + 4; i++)
        {
            var c = scan[i];
            if (c == ')' && !closes && !opens)
            {
                closes = true;
            }
            else if (c == '(' && !opens)
            {
                opens = true;
            }
            else if (Signs.IsSpace(c))
            {
                sign = sign == '\0' ? ' ' : sign;
            }
            else if ((Signs.IsDash(c) || c is '.' or '/') && sign is '\0' or ' ')
            {
                sign = Signs.IsDash(c) ? '-' : c;
            }
            else
            {
                break;
            }
        }

        return new(i - start, sign, closes, opens);
    }
}
