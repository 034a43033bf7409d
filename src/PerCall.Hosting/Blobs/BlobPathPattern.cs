using System.Text;
using System.Text.RegularExpressions;

namespace PerCall.Hosting.Blobs;

/// <summary>
/// A path such as <c>inbox/{tenant}/{name}.{ext}</c>. A name in braces matches one folder's name. In the last segment of the pattern it may
/// also match slashes; there, a name further left matches as much as possible.
/// </summary>
internal sealed partial class BlobPathPattern
{
    private readonly Regex _regex;

    private BlobPathPattern(string path, string container, string prefix, IReadOnlyList<string> names, Regex regex) =>
        (Path, Container, Prefix, Names, _regex) = (path, container, prefix, names, regex);

    public string Path { get; }

    public string Container { get; }

    /// <summary>The prefix that all matching blobs share.</summary>
    public string Prefix { get; }

    public IReadOnlyList<string> Names { get; }

    /// <summary>Parses a pattern. Returns null, with the reason in <paramref name="fault"/>, when it is invalid.</summary>
    public static BlobPathPattern? Parse(string path, out string? fault)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        var container = slash < 0 ? path : path[..slash];
        var blob = slash < 0 ? "{name}" : path[(slash + 1)..];
        fault = !ValidContainer().IsMatch(container)
            ? $"its container '{container}' is not 3 to 63 lower-case letters, digits and single hyphens"
            : blob.Length == 0 ? "it names no blob after the container"
            : null;
        if (fault is not null)
        {
            return null;
        }

        var regex = new StringBuilder("^");
        var names = new List<string>();
        var lastSegment = blob.LastIndexOf('/') + 1;
        var end = 0;
        foreach (Match hole in Hole().Matches(blob))
        {
            var name = hole.Groups[1].Value;
            if (names.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                fault = $"it names {{{name}}} twice";
                return null;
            }

            regex.Append(Regex.Escape(blob[end..hole.Index])).Append('(').Append(hole.Index >= lastSegment ? ".+" : "[^/]+").Append(')');
            names.Add(name);
            end = hole.Index + hole.Length;
        }

        regex.Append(Regex.Escape(blob[end..])).Append('$');
        var literal = Hole().Replace(blob, "");
        if (literal.Contains('{', StringComparison.Ordinal) || literal.Contains('}', StringComparison.Ordinal))
        {
            fault = "its braces do not enclose names of letters, digits and '_'";
            return null;
        }

        var firstHole = blob.IndexOf('{', StringComparison.Ordinal);
        return new BlobPathPattern(
            path, container, firstHole < 0 ? blob : blob[..firstHole], names,
            new Regex(regex.ToString(), RegexOptions.CultureInvariant | RegexOptions.Singleline));
    }

    /// <summary>Returns the values of the names in braces; null when the blob does not match.</summary>
    public IReadOnlyDictionary<string, string>? Match(string blobName)
    {
        var match = _regex.Match(blobName);
        return match.Success
            ? Names.Select((name, i) => KeyValuePair.Create(name, match.Groups[i + 1].Value)).ToDictionary(StringComparer.OrdinalIgnoreCase)
            : null;
    }

    [GeneratedRegex(@"\{([A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex Hole();

    [GeneratedRegex("^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex ValidContainer();
}
