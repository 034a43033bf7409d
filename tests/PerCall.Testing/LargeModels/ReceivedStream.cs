using System.Text.Json;

namespace PerCall.Testing.LargeModels;

/// <summary>What a caller made of a call.</summary>
/// <param name="Call">The call.</param>
/// <param name="Status">The answer's status; 0: the connection broke before there was one.</param>
/// <param name="Tokens">Tokens that arrived.</param>
/// <param name="Ended">Whether the answer arrived to its end, an error in a stream included.</param>
/// <param name="Left">Whether the caller left.</param>
/// <param name="Error">The code of the error that arrived instead of the answer or its rest; null: none.</param>
/// <param name="Cost">The cost in the header; null: there is none.</param>
/// <param name="HasUsage">Whether a chunk with usage arrived.</param>
public sealed record ReceivedCall(
    ScriptedCall Call, int Status, long Tokens, bool Ended, bool Left, string? Error, long? Cost, bool HasUsage)
{
    /// <summary>Whether the connection broke, without the caller's doing.</summary>
    public bool Broke => !Ended && !Left;
}

/// <summary>Adds up the events of a stream as they arrive.</summary>
internal sealed class ReceivedStream
{
    /// <summary>Every token begins with a space.</summary>
    public long Tokens { get; private set; }

    public bool Ended { get; private set; }

    public string? Error { get; private set; }

    public bool HasUsage { get; private set; }

    /// <summary>Whether a choice, or the whole answer, has ended.</summary>
    public bool IsFinishing { get; private set; }

    /// <param name="line">A line of the stream, without its line feed.</param>
    public void Add(string line)
    {
        const string Data = "data:";
        if (!line.StartsWith(Data, StringComparison.Ordinal))
        {
            return;
        }

        var data = line[Data.Length..].Trim();
        if (data == "[DONE]")
        {
            Ended = true;
            return;
        }

        using var document = JsonDocument.Parse(data);
        var root = document.RootElement;
        if (root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
        {
            SetError(error);
        }
        else if (root.TryGetProperty("type", out var type))
        {
            AddEvent(type.GetString()!, root);
        }
        else
        {
            AddChunk(root);
        }
    }

    public static long CountTokens(string text) => text.AsSpan().Count(' ');

    private void AddEvent(string type, JsonElement root)
    {
        switch (type)
        {
            case var _ when type.EndsWith(".delta", StringComparison.Ordinal):
                Tokens += CountTokens(root.GetProperty("delta").GetString()!);
                break;
            case "response.completed" or "response.incomplete":
                (Ended, HasUsage) = (true, root.GetProperty("response").GetProperty("usage").ValueKind == JsonValueKind.Object);
                break;
            case "response.failed":
                SetError(root.GetProperty("response").GetProperty("error"));
                break;
            case "error":
                SetError(root);
                break;
            case "response.output_text.done":
                IsFinishing = true;
                break;
        }
    }

    private void AddChunk(JsonElement root)
    {
        HasUsage |= root.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object;
        foreach (var choice in root.GetProperty("choices").EnumerateArray())
        {
            if (choice.GetProperty("delta").TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String)
            {
                Tokens += CountTokens(content.GetString()!);
            }

            IsFinishing |= choice.GetProperty("finish_reason").ValueKind == JsonValueKind.String;
        }
    }

    private void SetError(JsonElement error)
    {
        Error = error.TryGetProperty("code", out var code) ? code.ToString() : "unknown";
        Ended = true;
    }
}
