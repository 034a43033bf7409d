namespace PerCall.Inference.Redaction;

/// <summary>A kind of value that is redacted.</summary>
public enum RedactionKind
{
    /// <summary>E-mail addresses.</summary>
    Email,

    /// <summary>Phone numbers.</summary>
    Phone,

    /// <summary>International bank account numbers.</summary>
    Iban,

    /// <summary>Numbers of payment cards.</summary>
    Card,

    /// <summary>National identification and tax numbers of persons.</summary>
    NationalId,

    /// <summary>IP addresses, version 4 and 6.</summary>
    Ip,

    /// <summary>Keys, tokens, passwords and private keys.</summary>
    Secret,

    /// <summary>Names. Only an <see cref="INameTagger"/> finds them.</summary>
    Name,
}

/// <summary>The names of the kinds.</summary>
public static class RedactionKinds
{
    private static readonly (string Name, string Label)[] Names =
    [
        ("email", "EMAIL"), ("phone", "PHONE"), ("iban", "IBAN"), ("card", "CARD"), ("national_id", "ID"), ("ip", "IP"),
        ("secret", "SECRET"), ("name", "NAME"),
    ];

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<RedactionKind> All { get; } = Enum.GetValues<RedactionKind>();

    /// <summary>Returns the kind's name in the API, for example <c>national_id</c>.</summary>
    public static string NameOf(RedactionKind kind) => Names[(int)kind].Name;

    /// <summary>Returns the kind with a name in the API; null: unknown.</summary>
    public static RedactionKind? Parse(string name)
    {
        var index = Array.FindIndex(Names, n => n.Name == name);
        return index < 0 ? null : (RedactionKind)index;
    }

    /// <summary>Returns the word in the kind's placeholders, for example <c>EMAIL</c>.</summary>
    internal static string LabelOf(RedactionKind kind) => Names[(int)kind].Label;
}
