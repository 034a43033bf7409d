using System.Globalization;
using System.Text.Json;
using PerCall.Client.Wire;

namespace PerCall.Client;

/// <content>The Open Inference Protocol: calls with tensors.</content>
public sealed partial class PerCallClient
{
    /// <summary>The length of the JSON in bytes, in a body with binary tensors after the JSON.</summary>
    private const string JsonLength = "Inference-Header-Content-Length";

    /// <summary>Gets the server's name, version and extensions of the protocol.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<InferenceServer> GetInferenceServerAsync(CancellationToken cancellation = default) =>
        GetAsync("v2", WireJson.Default.InferenceServer, cancellation);

    /// <summary>Gets the tensors of a model. Loads the model if it is not in memory.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="version">A version or an alias; null for the production version.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">There is no such model, or it has no tensors.</exception>
    public Task<InferenceModel> GetInferenceModelAsync(string model, string? version = null, CancellationToken cancellation = default) =>
        GetAsync(PathOf(model, version), WireJson.Default.InferenceModel, cancellation);

    /// <summary>Runs a model's graph on tensors. All tensors are sent and received as binary data.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="inputs">The tensors: all inputs of the model, in any order.</param>
    /// <param name="outputs">The names of the outputs to return; null for all.</param>
    /// <param name="version">A version or an alias; null for the production version.</param>
    /// <param name="idempotencyKey">Makes retries safe: repeated calls with the same key are charged once.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public async Task<InferResult> InferAsync(
        string model, IReadOnlyList<Tensor> inputs, IReadOnlyList<string>? outputs = null, string? version = null,
        string? idempotencyKey = null, CancellationToken cancellation = default)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(
            new InferRequest
            {
                Parameters = new(BinaryDataOutput: true),
                Inputs =
                [
                    .. inputs.Select(t => new InferInput
                    {
                        Name = t.Name,
                        Shape = t.Shape,
                        Datatype = t.Datatype,
                        Parameters = new(t.Bytes.Length),
                    }),
                ],
                Outputs = outputs is null ? null : [.. outputs.Select(o => new InferRequestedOutput(o))],
            },
            WireJson.Default.InferRequest);
        var body = new byte[json.Length + inputs.Sum(t => t.Bytes.Length)];
        json.CopyTo(body, 0);
        var at = json.Length;
        foreach (var input in inputs)
        {
            input.Bytes.CopyTo(body.AsMemory(at));
            at += input.Bytes.Length;
        }

        using var content = new ByteArrayContent(body) { Headers = { ContentType = new("application/octet-stream") } };
        content.Headers.Add(JsonLength, json.Length.ToString(CultureInfo.InvariantCulture));
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{PathOf(model, version)}/infer") { Content = content };
        if (idempotencyKey is not null)
        {
            AddIdempotencyKey(request, idempotencyKey);
        }

        using var response = await http.SendAsync(request, cancellation);
        await ThrowUnlessSuccessAsync(response, cancellation);
        return Read(response, await response.Content.ReadAsByteArrayAsync(cancellation));
    }

    private static InferResult Read(HttpResponseMessage response, byte[] body)
    {
        var length = response.Headers.TryGetValues(JsonLength, out var values)
            ? int.Parse(values.Single(), CultureInfo.InvariantCulture) : body.Length;
        var answer = JsonSerializer.Deserialize(body.AsSpan(0, length), WireJson.Default.InferResponse)!;
        var tensors = new List<Tensor>();
        foreach (var output in answer.Outputs)
        {
            var size = (int)(output.Parameters?.BinaryDataSize ?? 0);
            tensors.Add(new(output.Name, output.Datatype, output.Shape, body.AsMemory(length, size)));
            length += size;
        }

        return new(answer.ModelName, answer.ModelVersion, answer.Parameters.PercallId, tensors);
    }

    private static string PathOf(string model, string? version) =>
        $"v2/models/{Segment(model)}{(version is null ? "" : $"/versions/{Segment(version)}")}";
}
