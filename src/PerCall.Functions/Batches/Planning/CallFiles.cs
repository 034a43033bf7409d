using PerCall.Functions.Batches.Calls;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.Batches.Planning;

/// <summary>Checks the files of batches of large-model calls.</summary>
public static class CallFiles
{
    /// <exception cref="RefusedException">400: the rows are calls on a large model, and the file is not JSON Lines.</exception>
    public static void Require(InputProbe probe, IInputReader reader)
    {
        if (reader is CallReader && probe.Format != InputFormat.JsonLines)
        {
            throw RefusedException.BadRequest(
                "unsupported_format",
                $"The file is {(probe.Format == InputFormat.Zip ? "a ZIP archive" : "a table")}; allowed for {reader.Endpoint}: "
                    + "JSON Lines, each line with 'custom_id', 'method', 'url' and 'body'.");
        }
    }
}
