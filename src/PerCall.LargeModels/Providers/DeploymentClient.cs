using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using PerCall.LargeModels.Routes;

namespace PerCall.LargeModels.Providers;

/// <summary>
/// Calls one deployment through its official client. Uses the protocol methods, which send and return bodies unchanged, and the client's
/// pipeline for calls that the client does not know.
/// </summary>
internal sealed class DeploymentClient(OpenAIClient client, Deployment deployment)
{
    // The first version of the resource's address that has /responses, in its latest form.
    private const string ResponsesVersion = "2025-04-01-preview";
    private const string DefaultVersion = "2024-10-21";

    /// <summary>Sends a call and returns the response with any status, its body not read.</summary>
    public async Task<PipelineResponse> SendAsync(ProviderRequest request, CancellationToken cancellation)
    {
        var options = new RequestOptions
        {
            BufferResponse = false,
            CancellationToken = cancellation,
            ErrorOptions = ClientErrorBehaviors.NoThrow,
        };
        options.AddPolicy(new AttemptPolicy(new(deployment, request.Endpoint, request.Stream)), PipelinePosition.PerCall);
        if (request.Form is { } form)
        {
            var (parts, type) = ProviderContent.Form(form, deployment.Target);
            using (parts)
            {
                return Raw(await client.GetAudioClient(deployment.Target).TranscribeAudioAsync(parts, type, options));
            }
        }

        using var content = ProviderContent.Json(request.Body!, deployment.Target);
        return request.Endpoint switch
        {
            LargeModelEndpoint.ChatCompletions =>
                Raw(await client.GetChatClient(deployment.Target).CompleteChatAsync(content, options)),
            LargeModelEndpoint.Embeddings =>
                Raw(await client.GetEmbeddingClient(deployment.Target).GenerateEmbeddingsAsync(content, options)),
            LargeModelEndpoint.Moderations when deployment.Kind != DeploymentKind.Azure =>
                Raw(await client.GetModerationClient(deployment.Target).ClassifyTextAsync(content, options)),
            LargeModelEndpoint.Moderations => await PostAsync(
                $"openai/deployments/{Uri.EscapeDataString(deployment.Target)}/moderations", DefaultVersion, content, options),
            LargeModelEndpoint.Responses when deployment.Kind == DeploymentKind.Azure =>
                await PostAsync("openai/responses", ResponsesVersion, content, options),
            LargeModelEndpoint.Responses => await PostAsync("responses", null, content, options),
            _ => throw new InvalidOperationException($"No body for {request.Endpoint}."),
        };
    }

    private async Task<PipelineResponse> PostAsync(string path, string? version, BinaryContent content, RequestOptions options)
    {
        using var message = client.Pipeline.CreateMessage();
        message.ResponseClassifier = PipelineMessageClassifier.Create([200]);
        message.Request.Method = "POST";
        message.Request.Uri = new UriBuilder(deployment.Endpoint)
        {
            Path = $"{deployment.Endpoint.AbsolutePath.TrimEnd('/')}/{path}",
            Query = version is null ? "" : $"?api-version={deployment.ApiVersion ?? version}",
        }.Uri;
        message.Request.Headers.Set("Content-Type", "application/json");
        message.Request.Headers.Set("Accept", "application/json");
        message.Request.Content = content;
        message.Apply(options);
        await client.Pipeline.SendAsync(message);
        return message.ExtractResponse()!;
    }

    private static PipelineResponse Raw(ClientResult result) => result.GetRawResponse();
}
