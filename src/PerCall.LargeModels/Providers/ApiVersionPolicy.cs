using System.ClientModel.Primitives;
using System.Text.RegularExpressions;

namespace PerCall.LargeModels.Providers;

/// <summary>Sends the configured <c>api-version</c> instead of the client's, which knows only a fixed list.</summary>
internal sealed partial class ApiVersionPolicy(string version) : PipelinePolicy
{
    public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
    {
        Replace(message.Request);
        ProcessNext(message, pipeline, currentIndex);
    }

    public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
    {
        Replace(message.Request);
        return ProcessNextAsync(message, pipeline, currentIndex);
    }

    private void Replace(PipelineRequest request) => request.Uri = new UriBuilder(request.Uri!)
    {
        Query = Version().Replace(request.Uri!.Query, version),
    }.Uri;

    [GeneratedRegex("(?<=[?&]api-version=)[^&]*")]
    private static partial Regex Version();
}
