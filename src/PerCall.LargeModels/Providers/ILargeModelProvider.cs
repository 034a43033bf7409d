using System.Text.Json.Nodes;
using PerCall.LargeModels.Routes;

namespace PerCall.LargeModels.Providers;

/// <summary>A call, as it is sent to a provider.</summary>
public sealed record ProviderRequest
{
    public required LargeModelRoute Route { get; init; }

    public required LargeModelEndpoint Endpoint { get; init; }

    /// <summary>
    /// The JSON body. Null for transcriptions. The provider sets <c>model</c> to the name that the deployment expects; everything else is
    /// sent as it is.
    /// </summary>
    public JsonObject? Body { get; init; }

    /// <summary>The form of a transcription; null for all other calls.</summary>
    public AudioForm? Form { get; init; }

    /// <summary>Whether the answer is a stream of server-sent events.</summary>
    public bool Stream { get; init; }
}

/// <summary>The fields of a transcription, without <c>model</c>, and its file.</summary>
public sealed record AudioForm(IReadOnlyList<KeyValuePair<string, string>> Fields, ReadOnlyMemory<byte> File, string FileName);

/// <summary>
/// An answer of a provider with status 200. Disposing of it closes the provider's connection, unless the answer has ended.
/// </summary>
public sealed class ProviderAnswer(Deployment deployment, string contentType, Stream body, IDisposable response) : IDisposable
{
    public Deployment Deployment => deployment;

    public string ContentType => contentType;

    /// <summary>
    /// The body, not read yet, except that a stream's first event was seen to be no error. Reading it throws an
    /// <see cref="IOException"/> when the provider breaks off, and an <see cref="OperationCanceledException"/> when the caller leaves.
    /// </summary>
    public Stream Body => body;

    /// <summary>Tells that the answer was read as far as it matters, so that other calls can use its connection.</summary>
    public void End() => (body as GuardedStream)?.End();

    public void Dispose() => response.Dispose();
}

/// <summary>Sends calls to deployments.</summary>
public interface ILargeModelProvider
{
    /// <summary>
    /// Sends a call. Tries other deployments after 429, 5xx, a time-out, or an error inside a 200, until the first event or body arrives.
    /// </summary>
    /// <exception cref="LargeModelRefusedException">
    /// The provider refused the call's content (its status and message), or no deployment can answer (429 or 503, with RetryAfter).
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Task<ProviderAnswer> SendAsync(ProviderRequest request, CancellationToken cancellation);
}
