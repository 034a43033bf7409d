namespace PerCall.StandIn.Requests;

/// <summary>The calls that the stand-in answers.</summary>
internal enum Operation
{
    Chat,
    Responses,
    Embeddings,
    Transcriptions,
    Moderations,
    Models,
}

/// <summary>What an address means.</summary>
/// <param name="Operation">The call.</param>
/// <param name="IsAzure">Whether the address begins with <c>/openai</c>.</param>
/// <param name="Deployment">The deployment's name; null: the body's <c>model</c> is the name.</param>
internal sealed record Target(Operation Operation, bool IsAzure, string? Deployment)
{
    private const string Deployments = "/openai/deployments/";

    /// <returns>Null: the provider has no such address.</returns>
    public static Target? Parse(string path, bool hasApiVersion)
    {
        if (path.StartsWith(Deployments, StringComparison.Ordinal))
        {
            var rest = path.AsSpan(Deployments.Length);
            var end = rest.IndexOf('/');
            return end > 0 && hasApiVersion && OperationOf(rest[(end + 1)..]) is { } operation
                ? new(operation, IsAzure: true, Uri.UnescapeDataString(rest[..end].ToString()))
                : null;
        }

        var (prefix, isAzure) = path.StartsWith("/openai/v1/", StringComparison.Ordinal) ? ("/openai/v1/", true)
            : path.StartsWith("/openai/", StringComparison.Ordinal) && hasApiVersion ? ("/openai/", true)
            : ("/v1/", false);
        return path.StartsWith(prefix, StringComparison.Ordinal) && OperationOf(path.AsSpan(prefix.Length)) is { } found
            ? new(found, isAzure, null)
            : null;
    }

    private static Operation? OperationOf(ReadOnlySpan<char> path) => path switch
    {
        "chat/completions" => Operation.Chat,
        "responses" => Operation.Responses,
        "embeddings" => Operation.Embeddings,
        "audio/transcriptions" => Operation.Transcriptions,
        "moderations" => Operation.Moderations,
        _ => path.Equals("models", StringComparison.Ordinal) || path.StartsWith("models/", StringComparison.Ordinal)
            ? Operation.Models
            : null,
    };
}
