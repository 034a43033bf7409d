using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Pricing;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.Batches.Results;

/// <summary>Writes the results of one shard's rows to the job's files.</summary>
public sealed class ResultWriter : IDisposable
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly string _job;
    private readonly RowStyle _style;
    private readonly TableWriter? _table;
    private readonly Dictionary<ResultFile, PartWriter> _parts;
    private readonly Utf8JsonWriter _output;
    private readonly Utf8JsonWriter _errors;

    /// <param name="job">The job's id.</param>
    /// <param name="style">The style of the input's rows.</param>
    /// <param name="parts">Creates the writer of each file.</param>
    /// <param name="delimiter">The delimiter of CSV; null: the input is not CSV.</param>
    public ResultWriter(string job, RowStyle style, Func<ResultFile, PartWriter> parts, char? delimiter)
    {
        (_job, _style) = (job, style);
        _parts = ResultFiles.All.Where(f => f != ResultFile.Table || delimiter is not null).ToDictionary(f => f, parts);
        _output = new(_parts[ResultFile.Output], Json);
        _errors = new(_parts[ResultFile.Errors], Json);
        _table = delimiter is { } between ? new(_parts[ResultFile.Table], between) : null;
    }

    public long Delivered { get; private set; }

    public long Failed { get; private set; }

    /// <inheritdoc cref="Jobs.RowCounts.CallUnits" path="/summary"/>
    public long CallUnits { get; private set; }

    /// <summary>The delivered rows that the fallback answered.</summary>
    public FallbackRows Fallback { get; private set; }

    /// <summary>Returns the number of bytes written so far to all files.</summary>
    public long Bytes => _parts.Values.Sum(p => p.Bytes);

    public PartWriter? this[ResultFile file] => _parts.GetValueOrDefault(file);

    /// <inheritdoc cref="Jobs.RowCounts.Tokens" path="/summary"/>
    public CallTokens Tokens { get; private set; }

    /// <param name="row">The row.</param>
    /// <param name="answer">Its answer.</param>
    /// <param name="shares"> Which model answered; null: the batch's model, without a large model. A row of several texts counts for the
    /// fallback if it answered one.
    /// </param>
    /// <param name="tokens">What it is charged for, if it is a call on a large model.</param>
    public void Deliver(ParsedRow row, TaskAnswer answer, AnswerShares? shares = null, CallTokens tokens = default)
    {
        var line = _output;
        line.Reset();
        line.WriteStartObject();
        if (_style == RowStyle.OpenAi)
        {
            BeginOpenAi(line, row);
            line.WriteStartObject("response");
            line.WriteNumber("status_code", 200);
            line.WriteString("request_id", RequestId(row));
            line.WritePropertyName("body");
            answer.WriteTo(line);
            line.WriteEndObject();
            line.WriteNull("error");
        }
        else
        {
            line.WriteString("id", row.Id);
            line.WriteNumber("line", row.Line);
            line.WritePropertyName("result");
            answer.WriteTo(line);
        }

        End(line, ResultFile.Output);
        if (_table is not null && row.Fields is not null)
        {
            _table.Write(row.Fields, answer.Cells);
        }

        Delivered++;
        var units = row.Input?.Units ?? 0;
        CallUnits += units;
        if (shares is not null)
        {
            Fallback += shares.Fallback is { } fallback
                ? new(1, units, (shares.Cost ?? 0) + (fallback.Cost ?? 0))
                : new(0, 0, shares.Cost ?? 0);
        }

        Tokens += tokens;
    }

    public void Fail(ParsedRow row, RowFault fault)
    {
        var line = _errors;
        line.Reset();
        line.WriteStartObject();
        if (_style == RowStyle.OpenAi)
        {
            BeginOpenAi(line, row);
            line.WriteNull("response");
        }
        else
        {
            line.WriteString("id", row.Id);
            line.WriteNumber("line", row.Line);
        }

        line.WriteStartObject("error");
        line.WriteString("code", fault.Code);
        line.WriteString("message", fault.Message);
        if (fault.Param is not null)
        {
            line.WriteString("param", fault.Param);
        }

        if (_style == RowStyle.OpenAi)
        {
            line.WriteNumber("line", row.Line);
        }

        line.WriteEndObject();
        End(line, ResultFile.Errors);
        Failed++;
    }

    /// <summary>Stages the parts that are full.</summary>
    /// <param name="all">Whether to stage all parts, even those that are not full.</param>
    /// <param name="cancellation">Cancels the staging.</param>
    public async ValueTask StageAsync(bool all, CancellationToken cancellation)
    {
        _table?.Flush();
        foreach (var part in _parts.Values.Where(p => all || p.IsFull))
        {
            await part.StageAsync(cancellation);
        }
    }

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
        _table?.Dispose();
        foreach (var part in _parts.Values)
        {
            part.Dispose();
        }
    }

    /// <summary>
    /// Returns the request id of a row's result. It depends only on the batch and the line, so it stays the same if a shard runs again.
    /// </summary>
    public string RequestId(ParsedRow row) => string.Create(CultureInfo.InvariantCulture, $"{_job}-{row.Line}");

    private void BeginOpenAi(Utf8JsonWriter line, ParsedRow row)
    {
        line.WriteString("id", RequestId(row));
        line.WriteString("custom_id", row.Id);
    }

    private void End(Utf8JsonWriter line, ResultFile file)
    {
        line.WriteEndObject();
        line.Flush();
        _parts[file].Write("\n"u8);
    }
}
