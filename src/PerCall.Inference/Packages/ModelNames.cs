using System.Text.RegularExpressions;

namespace PerCall.Inference.Packages;

/// <summary>
/// The rules for names of models, versions, aliases and files. A version starts with a digit and an alias with a letter, so that
/// <c>model=fashion/production</c> and <c>model=fashion/1</c> cannot be confused.
/// </summary>
public static partial class ModelNames
{
    internal const string NameRule = "allowed: 1 to 63 lower-case letters, digits and dashes, starting with a letter or digit.";
    internal const string VersionRule = "allowed: 1 to 32 letters, digits, dots, dashes and underscores, starting with a digit.";
    /// <summary>The rule of <see cref="IsAlias"/>, as a sentence.</summary>
    public const string AliasRule = "allowed: 1 to 32 lower-case letters, digits and dashes, starting with a letter.";
    internal const string PathRule =
        "allowed: a relative path of letters, digits, '.', '_', '-', '+', single spaces and '/', "
            + "without '..', and other than model.json.";

    /// <summary>The alias that a call without a version uses.</summary>
    public const string Production = "production";

    /// <summary>Whether the text is a valid name of a model.</summary>
    public static bool IsName(string name) => Name().IsMatch(name);

    /// <summary>Returns a valid name that is like the text.</summary>
    public static string Slug(string text)
    {
        var name = Other().Replace(text.ToLowerInvariant(), "-").Trim('-');
        return name.Length == 0 ? "model" : name.Length > 63 ? name[..63].TrimEnd('-') : name;
    }

    /// <summary>Whether the text is a valid version.</summary>
    public static bool IsVersion(string version) => Version().IsMatch(version);

    /// <summary>Whether the text is a valid alias.</summary>
    public static bool IsAlias(string alias) => Alias().IsMatch(alias);

    /// <summary>
    /// Whether the text is a valid path of a package file: one that file systems and blob addresses interpret in the same way.
    /// </summary>
    public static bool IsSafePath(string path) =>
        path.Length <= 200 && Path().IsMatch(path) && !path.Split('/').Any(part => part is "." or ".." || part.EndsWith('.'));

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Other();

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}\\z")]
    private static partial Regex Name();

    [GeneratedRegex("^[0-9][A-Za-z0-9._-]{0,31}\\z")]
    private static partial Regex Version();

    [GeneratedRegex("^[a-z][a-z0-9-]{0,31}\\z")]
    private static partial Regex Alias();

    [GeneratedRegex("^[A-Za-z0-9_.+-]+( [A-Za-z0-9_.+-]+)*(/[A-Za-z0-9_.+-]+( [A-Za-z0-9_.+-]+)*)*\\z")]
    private static partial Regex Path();
}
