using Microsoft.AspNetCore.Http;
using PerCall.Inference.Packages;

namespace PerCall.Functions.HuggingFace;

/// <summary>A call whose model and task are known.</summary>
/// <param name="Http">The request.</param>
/// <param name="Model">The version that answers.</param>
/// <param name="Task">The task.</param>
/// <param name="IsTaskNamed">Whether the path names the task.</param>
/// <param name="Body">The body, valid until the call ends.</param>
public sealed record HuggingFaceCall(HttpContext Http, ModelManifest Model, HuggingFaceTask Task, bool IsTaskNamed, HuggingFaceBody Body)
{
    /// <summary>The model's name and version.</summary>
    public string Reference => Model.ToString();
}
