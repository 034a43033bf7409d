namespace PerCall.LargeModels;

/// <summary>The calls of OpenAI's API that are passed on to a provider.</summary>
public enum LargeModelEndpoint
{
    /// <summary><c>POST /v1/chat/completions</c>.</summary>
    ChatCompletions,

    /// <summary><c>POST /v1/responses</c>.</summary>
    Responses,

    /// <summary><c>POST /v1/embeddings</c>.</summary>
    Embeddings,

    /// <summary><c>POST /v1/audio/transcriptions</c>, as multipart/form-data.</summary>
    Transcriptions,

    /// <summary><c>POST /v1/moderations</c>.</summary>
    Moderations,
}
