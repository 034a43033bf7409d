namespace PerCall.Functions.Scoring;

/// <summary>Reads the inputs of one kind of call from bodies, rows and cells.</summary>
public interface IInputReader
{
    /// <summary>The path of the single call.</summary>
    string Endpoint { get; }

    /// <summary>Maximum size of one input as JSON, in bytes.</summary>
    int MaxBytes { get; }

    /// <summary>
    /// Names of the input's members that hold plain text; all others hold JSON. Used for tables, whose cells are always text.
    /// </summary>
    IReadOnlyCollection<string> TextMembers { get; }

    /// <inheritdoc cref="TextMembers"/>
    IReadOnlyCollection<string> JsonMembers { get; }

    /// <summary>Names of the members with the content to score, grouped by synonyms. An input has at least one of them.</summary>
    IReadOnlyList<IReadOnlyList<string>> Subjects { get; }

    /// <summary>Column names of an answer's cells.</summary>
    IReadOnlyList<string> Columns { get; }

    /// <summary>The member that an input stands for when it is not an object; null: an input must be an object.</summary>
    string? BareMember { get; }

    /// <summary>
    /// The member that receives the cells of all columns of a CSV file that are not members of their own, as an object of texts by column
    /// name; null: such columns are the sender's and are not read.
    /// </summary>
    string? CellsMember => null;

    /// <summary>Parses the body of a single call. The model may be left out.</summary>
    /// <param name="json">The body as JSON in UTF-8.</param>
    /// <param name="lenient">
    /// Whether unknown members are ignored. A file's rows may have members of their sender's, and a stored input was checked when it was
    /// accepted. Elsewhere unknown members are an error.
    /// </param>
    /// <exception cref="Requests.RefusedException">The body is invalid.</exception>
    TaskInput Read(ReadOnlySpan<byte> json, bool lenient = false);
}
