using System.Buffers;
using System.Globalization;
using Azure;
using Azure.Storage.Blobs.Models;
using Microsoft.AspNetCore.Http;
using PerCall.Client.Wire;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering.Usage;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;
using PerCall.Inference;

namespace PerCall.Functions.Metering.Export;

/// <summary>
/// Copies events into files that other systems can read. Each event is in exactly one file, also after concurrent runs and crashes.
/// </summary>
public sealed class UsageExports(ExportContainer container, ExportPlanner planner, JournalReader reader, AccountNames names)
{
    private const string Events = "events";
    private const string First = "first";
    private const string Last = "last";
    private const int WriteBytes = 1 << 20;

    private readonly AccountNames _names = names;

    /// <summary>Writes the next file, or finishes an incomplete one.</summary>
    public async Task<UsageExport> RunAsync(CancellationToken cancellation)
    {
        var (cursor, tag) = await container.CursorAsync(cancellation);
        if (await container.PlanAsync(cursor.Next, cancellation) is null)
        {
            if (await planner.MakeAsync(cursor, cancellation) is not { } made)
            {
                return new() { Events = 0, Bytes = 0 };
            }

            await container.AddPlanAsync(cursor.Next, made, cancellation);
        }

        var plan = await container.PlanAsync(cursor.Next, cancellation) ?? throw new InvalidOperationException(
            $"The plan of export {cursor.Next} is missing.");
        var file = ExportContainer.FileName(cursor.Next);
        await DiskSpace.WriteAsync(() => WriteAsync(file, plan, cancellation));
        await container.MoveCursorAsync(plan.After, tag, cancellation);
        return await DescribeAsync(file, cancellation);
    }

    /// <exception cref="RefusedException">404: the file does not exist.</exception>
    public async Task<Stream> OpenAsync(string file, CancellationToken cancellation)
    {
        // Plans and the cursor are in the same container.
        if (!file.EndsWith(".jsonl", StringComparison.Ordinal) || !int.TryParse(
            file.AsSpan(..^6), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || ExportContainer.FileName(number) != file)
        {
            throw NotFound(file);
        }

        try
        {
            return await container.File(file).OpenReadAsync(new BlobOpenReadOptions(allowModifications: false), cancellation);
        }
        catch (RequestFailedException e) when (e.IsNotFound())
        {
            throw NotFound(file);
        }
    }

    /// <summary>Writes the file and its metadata atomically.</summary>
    private async Task WriteAsync(string file, ExportPlan plan, CancellationToken cancellation)
    {
        if (await container.File(file).ExistsAsync(cancellation))
        {
            return;
        }

        var names = (await _names.AllAsync(cancellation)).ToDictionary(a => a.Account, a => a.Shown, StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var (count, first, last) = (0L, DateTimeOffset.MaxValue, DateTimeOffset.MinValue);
        var lines = new ArrayBufferWriter<byte>(WriteBytes);
        await using var temporary = new FileStream(
            Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 81920,
            FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        foreach (var range in plan.Ranges)
        {
            await foreach (var (_, line) in reader.ReadAsync(range.Blob, range.From, range.To, cancellation))
            {
                if (line is not { IsMark: false, Time: { } time, Subject: { } account })
                {
                    continue;
                }

                (line with { Subject = names.GetValueOrDefault(account) ?? account }).WriteTo(lines);
                count++;
                first = time < first ? time : first;
                last = time > last ? time : last;
                if (lines.WrittenCount >= WriteBytes)
                {
                    await temporary.WriteAsync(lines.WrittenMemory, cancellation);
                    lines.ResetWrittenCount();
                }
            }
        }

        await temporary.WriteAsync(lines.WrittenMemory, cancellation);
        temporary.Position = 0;
        metadata[Events] = count.ToString(CultureInfo.InvariantCulture);
        metadata[First] = first.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        metadata[Last] = last.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        try
        {
            var options = new BlobUploadOptions
            {
                Metadata = metadata,
                HttpHeaders = new() { ContentType = UsageExportFunctions.ContentType },
                Conditions = new() { IfNoneMatch = ETag.All },
            };
            await container.File(file).UploadAsync(temporary, options, cancellation);
        }
        catch (RequestFailedException e) when (e.IsWriteConflict())
        {
            // Another process has written the file from the same plan.
        }
    }

    private async Task<UsageExport> DescribeAsync(string file, CancellationToken cancellation)
    {
        var properties = (await container.File(file).GetPropertiesAsync(cancellationToken: cancellation)).Value;
        return new()
        {
            File = file,
            Events = long.Parse(properties.Metadata[Events], CultureInfo.InvariantCulture),
            Bytes = properties.ContentLength,
            First = DateTimeOffset.Parse(properties.Metadata[First], CultureInfo.InvariantCulture),
            Last = DateTimeOffset.Parse(properties.Metadata[Last], CultureInfo.InvariantCulture),
        };
    }

    private static RefusedException NotFound(string file) =>
        new(
            StatusCodes.Status404NotFound, "file_not_found",
            $"Export '{Page.Short(file)}' not found. File names have the form 00000001.jsonl.", "file");
}
