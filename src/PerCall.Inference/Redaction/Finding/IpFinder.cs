using System.Net;
using System.Net.Sockets;

namespace PerCall.Inference.Redaction.Finding;

/// <summary>
/// Finds IP addresses. Four numbers with dots after a word for a version are a version. An address of version 6 needs a digit, because
/// <c>A::B</c> occurs in programs.
/// </summary>
internal sealed class IpFinder : IFinder
{
    private const int MaxV6 = 45;
    private const int Octets = 4;

    public IReadOnlyList<RedactionKind> Kinds { get; } = [RedactionKind.Ip];

    public void Find(Scan scan)
    {
        FindV4(scan);
        FindV6(scan);
    }

    private static void FindV4(Scan scan)
    {
        for (var i = 0; i < scan.Length; i++)
        {
            if (!char.IsAsciiDigit(scan[i]))
            {
                continue;
            }

            var end = V4End(scan, i);
            if (end > 0 && BeginsV4(scan, i) && !IsVersion(scan, i))
            {
                scan.Add(new(RedactionKind.Ip, i, end));
                i = end;
            }

            i = scan.Skip(i, char.IsAsciiDigit);
        }
    }

    private static int V4End(Scan scan, int start)
    {
        var i = start;
        for (var octet = 0; octet < Octets; octet++)
        {
            if (octet > 0 && scan[i++] != '.')
            {
                return 0;
            }

            var end = scan.Skip(i, char.IsAsciiDigit, 4);
            if (end == i || end - i > 3 || int.Parse(scan.Text.AsSpan(i, end - i)) > 255 || (end - i > 1 && scan[i] == '0'))
            {
                return 0;
            }

            i = end;
        }

        var after = scan[i];
        var continues = Signs.IsWord(after) || (after == '.' && char.IsLetterOrDigit(scan[i + 1]))
            || (Signs.IsDash(after) && char.IsLetter(scan[i + 1]));
        return continues ? 0 : i;
    }

    private static bool BeginsV4(Scan scan, int start)
    {
        var before = scan[start - 1];
        return !Signs.IsWord(before) && (before is not ('.' or '-') || !Signs.IsWord(scan[start - 2]));
    }

    private static bool IsVersion(Scan scan, int start) => Context.Before(scan, start).IsVersion;

    private static void FindV6(Scan scan)
    {
        for (var i = 0; i < scan.Length; i++)
        {
            if (!IsV6(scan[i]))
            {
                continue;
            }

            var end = scan.Skip(i, IsV6);
            var start = i;
            if (end - start <= MaxV6)
            {
                AddV6(scan, start, end);
            }

            i = end;
        }
    }

    private static void AddV6(Scan scan, int start, int end)
    {
        var run = scan.Text.AsSpan(start, end - start);
        var colon = run.IndexOf(':');
        if (colon < 0)
        {
            return;
        }

        // The end of a word before the address, as in "Adresse:fe80::1", and a colon that belongs to the sentence.
        if (Signs.IsWord(scan[start - 1]))
        {
            start += colon;
        }

        if (scan[start] == ':' && scan[start + 1] != ':')
        {
            start++;
        }

        if (Signs.IsWord(scan[end]))
        {
            return;
        }

        while (end > start && (scan[end - 1] == '.' || (scan[end - 1] == ':' && scan[end - 2] != ':')))
        {
            end--;
        }

        var address = scan.Text.AsSpan(start, end - start);
        if (address.Count(':') >= 2 && address.ContainsAnyInRange('0', '9') && address.Length > 2
            && IPAddress.TryParse(address, out var parsed) && parsed.AddressFamily == AddressFamily.InterNetworkV6)
        {
            scan.Add(new(RedactionKind.Ip, start, end));
        }
    }

    private static bool IsV6(char c) => char.IsAsciiHexDigit(c) || c is ':' or '.';
}
