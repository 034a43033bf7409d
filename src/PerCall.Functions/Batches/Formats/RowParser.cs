using System.Buffers;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.Batches.Formats;

/// <summary>A parsed row: an input that can be scored, or a fault.</summary>
/// <param name="Line">The line number; see <see cref="RawRow.Line"/>.</param>
/// <param name="Id">The row's own id; null if it has none.</param>
/// <param name="Input">The input to score; null if the row has a fault.</param>
/// <param name="Fields">The fields of a CSV record; otherwise null.</param>
/// <param name="Fault">The reason why the row has no input; null if it has one.</param>
public readonly record struct ParsedRow(long Line, string? Id, TaskInput? Input, IReadOnlyList<string>? Fields, RowFault? Fault);

/// <summary>Parses the rows of one file as inputs of one task.</summary>
/// <param name="scorer">The scorer of the task.</param>
/// <param name="format">The format of the file.</param>
/// <param name="style">The style of JSON Lines.</param>
/// <param name="columns">The columns of CSV; otherwise null.</param>
/// <param name="models">The names by which rows may refer to the model that runs; empty: any name.</param>
public sealed class RowParser(
    IInputReader scorer, InputFormat format, RowStyle style, CsvColumns? columns, IReadOnlyCollection<string> models)
{
    public ParsedRow Parse(RowBatch batch, RawRow row) => row.Fault is { } fault
        ? new(row.Line, row.Name, null, null, fault)
        : format switch
        {
            InputFormat.Zip => Picture(row, batch.BytesOf(row).Span),
            InputFormat.Csv => Record(row.Line, batch.BytesOf(row)),
            _ => Json(row.Line, batch.BytesOf(row).Span),
        };

    private ParsedRow Picture(RawRow row, ReadOnlySpan<byte> bytes)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, bytes.Length));
        bytes.CopyTo(rented);
        return new(row.Line, row.Name, ((IFileScorer)scorer).FromFile(rented, bytes.Length), null, null);
    }

    private ParsedRow Record(long line, ReadOnlyMemory<byte> bytes)
    {
        if (columns!.Fields(bytes, out var fault) is not { } fields)
        {
            return new(line, null, null, null, fault);
        }

        var id = columns.IdOf(fields);
        try
        {
            return new(line, id, Checked(scorer.Read(columns.ToJson(fields), lenient: true)), fields, null);
        }
        catch (RefusedException e)
        {
            return new(line, id, null, fields, RowFault.Of(e));
        }
    }

    private ParsedRow Json(long line, ReadOnlySpan<byte> bytes)
    {
        var envelope = RowEnvelope.Read(bytes, style, scorer.Endpoint);
        if (envelope.Fault is not null)
        {
            return new(line, envelope.Id, null, null, envelope.Fault);
        }

        try
        {
            return new(line, envelope.Id, Checked(scorer.Read(bytes[envelope.Body], lenient: style == RowStyle.Plain)), null, null);
        }
        catch (RefusedException e)
        {
            return new(line, envelope.Id, null, null, RowFault.Of(e));
        }
    }

    private TaskInput Checked(TaskInput input)
    {
        var fault =
            input.Model is not null && models.Count > 0 && !models.Contains(input.Model) ? RefusedException.BadRequest(
                "other_model",
                $"The row names the model '{ModelParameters.Shown(input.Model)}', but this batch uses '{models.First()}'; "
                    + "all rows of a batch must use the same model.",
                "model")
            // All rows have the same price, so a row must contain exactly one input.
            : input.Count > 1 ? RefusedException.BadRequest(
                "several_inputs", $"The row has {input.Count} inputs; allowed: one for each row of a batch.")
            : null;
        if (fault is null)
        {
            return input;
        }

        input.Dispose();
        throw fault;
    }
}
