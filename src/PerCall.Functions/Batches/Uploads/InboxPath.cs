using PerCall.Functions.Batches.Files;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>Where an uploaded file lies, which says what is to be done with it: <c>&lt;tenant&gt;/&lt;task&gt;/&lt;model&gt;/&lt;file&gt;</c>. A model's version or alias stands behind an <c>@</c>.</summary>
internal readonly record struct InboxPath(string Tenant, string Task, string Model, string File)
{
    public const string Container = "inbox";
    public const string Pattern = Container + "/{tenant}/{task}/{model}/{name}";

    /// <summary>The model as calls name it.</summary>
    public string Reference => Model.Replace('@', '/');

    /// <summary>Null: the blob lies somewhere else.</summary>
    public static InboxPath? Of(string blob)
    {
        var parts = blob.Split('/', 4);
        return parts.Length == 4 && parts.All(p => p.Length > 0) ? new(parts[0], parts[1], parts[2], parts[3]) : null;
    }

    /// <param name="tenant">Whose.</param>
    /// <param name="task">By name.</param>
    /// <param name="model">As calls name it.</param>
    /// <param name="id">So that a file of the same name is another one.</param>
    /// <param name="fileName">The file's own name.</param>
    public static string NameOf(string tenant, string task, string model, string id, string fileName) => $"{tenant}/{task}/{model.Replace('/', '@')}/{id}-{FileStore.Escape(fileName)}";
}
