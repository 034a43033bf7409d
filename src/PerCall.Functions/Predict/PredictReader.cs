using System.Buffers;
using Microsoft.Extensions.Options;
using PerCall.Functions.Images;
using PerCall.Functions.Requests;
using PerCall.Functions.Text;
using PerCall.Inference.Images;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Tables;
using PerCall.Inference.Text;

namespace PerCall.Functions.Predict;

/// <summary>Reads the inputs of calls, and rejects what can be rejected without a model.</summary>
public sealed class PredictReader(IOptions<TextOptions> texts, IOptions<ImageOptions> images)
{
    /// <summary>Most rows of one call.</summary>
    public const int MostRows = 1000;

    private const int MostPairs = 256;

    /// <summary>Maximum size of one call as JSON, in bytes.</summary>
    public int MaxBytes(PredictTask task) => task.TakesPictures
        ? Math.Max(ImageRequestReader.JsonBytes(images.Value.MaxBytes), texts.Value.MaxBytes)
        : texts.Value.MaxBytes;

    /// <summary>Maximum size of one picture, in bytes.</summary>
    public int MaxFileBytes => images.Value.MaxBytes;

    /// <param name="task">The task.</param>
    /// <param name="json">The body as JSON in UTF-8.</param>
    /// <param name="lenient">Whether unknown members are ignored.</param>
    /// <exception cref="RefusedException">The body is not valid for the call.</exception>
    public PredictCall Read(PredictTask task, ReadOnlySpan<byte> json, bool lenient)
    {
        var body = lenient ? JsonBody.ParseRow(json, PredictJson.Default.PredictBody, FormOf(task)) : Strict(task, json);
        try
        {
            return Check(task, lenient ? body : OnlyOf(task, body));
        }
        catch (RefusedException)
        {
            if (body.Image is { } image)
            {
                ArrayPool<byte>.Shared.Return(image.Rented);
            }

            throw;
        }
    }

    /// <summary>Makes the call of single texts.</summary>
    /// <param name="model">The model; null: the call names none.</param>
    /// <param name="input">The texts; null: the body has none.</param>
    /// <param name="member">The member of the body that has the texts.</param>
    /// <param name="options">What the call asks of the answers.</param>
    /// <exception cref="RefusedException">There are no texts, too many, or one is too long.</exception>
    public PredictCall OfTexts(string? model, IReadOnlyList<string>? input, string member, CallOptions options)
    {
        var (list, characters) = TextInputs.Check(input, texts.Value.MaxCharacters, member);
        return new(model, [.. list.Select(t => new Passage(t))], member, options, Characters.Units(characters), characters);
    }

    /// <summary>Makes the call of rows of a table.</summary>
    /// <param name="model">The model; null: the call names none.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="member">The member of the body that has the rows.</param>
    /// <param name="options">What the call asks of the answers.</param>
    /// <exception cref="RefusedException">There are no rows, or too many.</exception>
    public static PredictCall OfRows(string? model, IReadOnlyList<TableRow> rows, string member, CallOptions options) =>
        rows.Count is >= 1 and <= MostRows
            ? new(model, rows, member, options, rows.Count, null) { IsList = true }
            : throw RefusedException.BadRequest(
                "invalid_input_count", $"'{member}' has {rows.Count} rows; allowed: 1 to {MostRows}.", member);

    /// <summary>Makes the call of a picture.</summary>
    /// <param name="model">The model; null: the call names none.</param>
    /// <param name="image">The encoded picture.</param>
    /// <param name="rented">The array from the shared pool that has the picture, if the call has to return it.</param>
    /// <param name="options">What the call asks of the answers.</param>
    public PredictCall OfPicture(string? model, ReadOnlyMemory<byte> image, byte[]? rented, CallOptions options) => new(
        model, [new Picture(image, images.Value.MaxPixels)], "image", options, 1, null)
    {
        Rented = rented,
    };

    /// <summary>The form of a body, as an error message shows it.</summary>
    public static string FormOf(PredictTask task) =>
        $"{{{string.Join(" or ", task.Members.Select(m => $"\"{m}\""))}, \"model\"{(task.HasLabels ? ", \"top_k\"" : "")}}}";

    /// <summary>Parses a single call's body. The type has the members of all tasks; an error names those of this one.</summary>
    private static PredictBody Strict(PredictTask task, ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonBody.Parse(json, PredictJson.Strict.PredictBody, FormOf(task));
        }
        catch (RefusedException e) when (e.Code == "unknown_member" && !e.Message.Contains("; allowed in ", StringComparison.Ordinal))
        {
            throw Unknown(e.Param!, Allowed(task));
        }
    }

    private PredictCall Check(PredictTask task, PredictBody body)
    {
        var options = new CallOptions { TopK = ModelParameters.TopK(body.TopK) };
        var given = Members(body).Where(m => m.IsGiven && task.Members.Contains(GroupOf(m.Name))).Select(m => m.Name).ToList();
        if (given.Count != 1)
        {
            throw RefusedException.BadRequest(
                given.Count == 0 ? "missing_input" : "several_inputs",
                given.Count == 0
                    ? $"The body has no input; it must have {string.Join(" or ", task.Members.Select(m => $"'{m}'"))}."
                    : $"The body has {string.Join(" and ", given.Select(m => $"'{m}'"))}; give one of them, as the model needs it.",
                given.Count == 0 ? task.Members[0] : given[1]);
        }

        switch (GroupOf(given[0]))
        {
            case "input":
                return OfTexts(body.Model, body.Input ?? [body.Text!], given[0], options);

            case "pairs":
                return OfPairs(body, options);

            case "image":
                var (rented, length) = body.Image!.Value;
                return length <= MaxFileBytes
                    ? OfPicture(body.Model, rented.AsMemory(0, length), rented, options)
                    : throw ImageRequestReader.TooLong(MaxFileBytes);

            default:
                return OfRows(body, options);
        }
    }

    private PredictCall OfPairs(PredictBody body, CallOptions options)
    {
        var pairs = body.Pairs!;
        if (pairs.Count is < 1 or > MostPairs)
        {
            throw RefusedException.BadRequest(
                "invalid_input_count", $"'pairs' has {pairs.Count} pairs; allowed: 1 to {MostPairs}.", "pairs");
        }

        long characters = 0;
        foreach (var (i, pair) in pairs.Index())
        {
            if (pair is not { Text: not null, Pair: not null })
            {
                throw RefusedException.BadRequest(
                    "missing_input", $"'pairs[{i}]' must be an object with the texts 'text' and 'pair'.", $"pairs[{i}]");
            }

            characters += TextInputs.Check([pair.Text], texts.Value.MaxCharacters, $"pairs[{i}].text").Characters
                + TextInputs.Check([pair.Pair], texts.Value.MaxCharacters, $"pairs[{i}].pair").Characters;
        }

        return new(
            body.Model, [.. pairs.Select(p => new Passage(p.Text, p.Pair))], "pairs", options, Characters.Units(characters), characters)
        {
            IsList = true,
        };
    }

    private static PredictCall OfRows(PredictBody body, CallOptions options)
    {
        if (body.Rows is { } rows)
        {
            return OfRows(body.Model, rows, "rows", options);
        }

        return body.Row is { } row
            ? new(body.Model, [row], "row", options, 1, null)
            : new(body.Model, [new TableRow([.. body.Cells!.Select(c => TableCell.OfFile(c.Key, c.Value))])], null, options, 1, null);
    }

    /// <summary>The members with inputs, and whether a body has them.</summary>
    private static (string Name, bool IsGiven)[] Members(PredictBody body) =>
    [
        ("input", body.Input is not null), ("text", body.Text is not null), ("pairs", body.Pairs is not null),
        ("image", body.Image is not null), ("rows", body.Rows is not null), ("row", body.Row is not null),
        (PredictBody.CellsMember, body.Cells is not null),
    ];

    /// <summary>Returns the member of single calls that a member of a file's row stands for.</summary>
    private static string GroupOf(string member) => member switch
    {
        "text" => "input",
        "row" or PredictBody.CellsMember => "rows",
        _ => member,
    };

    /// <summary>Refuses members that the endpoint does not have, or that only rows of files may have.</summary>
    private static PredictBody OnlyOf(PredictTask task, PredictBody body)
    {
        var allowed = Allowed(task);
        foreach (var (name, _) in Members(body).Append(("top_k", body.TopK is not null)).Where(m => m.Item2 && !allowed.Contains(m.Item1)))
        {
            throw Unknown(name, allowed);
        }

        return body;
    }

    private static List<string> Allowed(PredictTask task) => [.. task.Members, "model", .. task.HasLabels ? ["top_k"] : (string[])[]];

    private static RefusedException Unknown(string name, List<string> allowed) => RefusedException.BadRequest(
        "unknown_member", $"Unknown member '{Page.Short(name)}'; allowed: {string.Join(", ", allowed)}.", Page.Short(name));
}
