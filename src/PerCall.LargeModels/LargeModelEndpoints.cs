namespace PerCall.LargeModels;

/// <summary>The paths of the calls.</summary>
public static class LargeModelEndpoints
{
    /// <summary>Returns the path of a call, for example <c>/v1/chat/completions</c>.</summary>
    public static string PathOf(LargeModelEndpoint endpoint) => endpoint switch
    {
        LargeModelEndpoint.ChatCompletions => "/v1/chat/completions",
        LargeModelEndpoint.Responses => "/v1/responses",
        LargeModelEndpoint.Embeddings => "/v1/embeddings",
        LargeModelEndpoint.Transcriptions => "/v1/audio/transcriptions",
        LargeModelEndpoint.Moderations => "/v1/moderations",
        _ => throw new ArgumentOutOfRangeException(nameof(endpoint)),
    };
}
