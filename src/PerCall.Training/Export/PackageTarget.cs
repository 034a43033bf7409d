using PerCall.Inference.Packages;

namespace PerCall.Training.Export;

/// <summary>The destination of a package. The last two parts of the path are its name and version.</summary>
internal sealed record PackageTarget(string Folder, string Name, string Version)
{
    /// <exception cref="TrainingException">The destination exists.</exception>
    public static PackageTarget Of(string folder)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
        {
            throw new TrainingException(
                $"{path} already exists and is not empty; train into a new version, because published versions never change.");
        }

        var name = Path.GetFileName(Path.GetDirectoryName(path)) ?? "";
        return ModelNames.IsName(name) && ModelNames.IsVersion(Path.GetFileName(path))
            ? new(path, name, Path.GetFileName(path))
            : throw new TrainingException(
                $"--out is {path}; it must end in <name>/<version>, such as shop/1 (lower-case letters, digits and dashes; the version "
                    + "starts with a digit).");
    }
}
